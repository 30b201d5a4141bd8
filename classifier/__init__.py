"""Text of a message to labels with honest confidence; knows nothing of policy or mail servers."""
