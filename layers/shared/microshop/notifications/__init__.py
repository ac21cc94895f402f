"""Mails to customers and to the operator."""
