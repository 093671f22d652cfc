"""Our own definitions of the networks that the exports write down as TorchScript."""
