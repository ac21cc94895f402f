"""The second factor of staff: codes of an authenticator app (TOTP), and recovery codes."""
