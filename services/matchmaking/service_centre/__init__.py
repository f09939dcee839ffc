"""Room of the service centre [行业协会服务中心]: what is offered without a tender, and who asked for it."""
