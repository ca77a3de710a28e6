"""The Telegram bot: who a chat belongs to, what it asks, and what is said into it."""
