"""Our own definitions of the networks that the exports write as TorchScript."""
