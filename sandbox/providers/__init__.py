"""Stand-ins for the providers: real enough that the real client libraries talk to them unchanged.

Whatever they accept lands in one `Inbox`; whatever should go wrong is said to one `FaultSwitch`.
"""
