"""What really happens under a document: the ways cases go, how long they stay, what comes back."""
