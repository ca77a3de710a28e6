"""One small pure rule per kind of notification, in files named after their area."""
