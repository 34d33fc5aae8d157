import "./renus-admin.ts";
