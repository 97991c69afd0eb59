"""Sources that mean harm, or were only unlucky."""
