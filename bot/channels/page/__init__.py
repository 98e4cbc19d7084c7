"""A page of our own to try the assistant in a browser, over REST. No external request."""
