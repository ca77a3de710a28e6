"""Reminds people of what they left in a cart, and counts what that brings back."""
