"""What the lab's notebooks share: sound in, features, a small classifier, a small voice."""
