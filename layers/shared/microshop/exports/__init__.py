"""Orders and movements of money as CSV files for accountants, in S3."""
