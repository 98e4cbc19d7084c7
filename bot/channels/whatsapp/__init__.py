"""WhatsApp by Meta's Cloud API: webhooks of the WhatsApp Business Account, messages by the Graph API."""
