"""Sources and answers that mean harm, or that are only unlucky."""
