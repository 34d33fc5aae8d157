import { AppError } from "../../errors.ts";

export const visitorNotFound = () => new AppError("NOT_FOUND", "This visitor does not exist, or you may not see them.");
