"""What several engine files share: connecting, reflection, error translation, kinds of types."""
