"""The inline script metadata of a source, validated as a Spec."""
