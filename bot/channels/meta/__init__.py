"""What Messenger, Instagram and WhatsApp share: signature, handshake, Graph API, fitting of texts to limits."""
