"""The query port for associations [业务查询端口], R64: who may ask what through it, how often, and a trace of every question."""
