import "./renus-chat.ts";
