"""What others read of the events, written from the code: schemas, kept examples, the picture of the flow, AsyncAPI.

A tool for whoever changes an event (`python -m contact_events.publish`); no service imports it.
"""
