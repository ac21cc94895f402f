"""The templates as a deployment reads them: SAM transformed, parameters and intrinsics resolved."""
