"""Our own definitions of the networks that the export scripts write down as TorchScript."""
