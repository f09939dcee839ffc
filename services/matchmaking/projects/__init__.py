"""Room of projects: standards, shared facilities and staff exchange [标准、共建设施、人员交流]."""
