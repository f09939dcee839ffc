"""A real Kafka and a real MongoDB on this machine, with or without Docker, from one call.

    stack = Stack(Path(".local"))
    endpoints = stack.up()      # kafka="127.0.0.1:21932", mongo="mongodb://127.0.0.1:27411/?replicaSet=rs0", how="…"
    stack.down()

Several stacks live side by side, each in its own directory; what one directory started is found again by anyone who names it.
"""

from deploy.local.process import Missing
from deploy.local.stack import Endpoints, Stack, without_password

__all__ = ["Endpoints", "Missing", "Stack", "without_password"]
