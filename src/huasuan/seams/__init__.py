"""What an outside system must be able to do for huasuan: Protocols, and the values that cross them."""

from huasuan.seams.outbound import Channel, Messenger, Permit, Placed, Telephony, Voice

__all__ = ["Channel", "Messenger", "Permit", "Placed", "Telephony", "Voice"]
