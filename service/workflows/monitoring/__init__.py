"""Monitoring objects (监测对象): the stages a document may name, their events and requirements."""
