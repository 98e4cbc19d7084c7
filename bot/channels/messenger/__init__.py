"""Facebook Messenger: pages, cards, thumbs below answers."""
