import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { PictureStore } from "./pictures.ts";

const BUCKET = "agent-pictures";

/** In the project's Storage, in a public bucket of our own that is made when it is missing. */
export function createSupabasePictures(project: NonNullable<Config["supabase"]>): PictureStore {
  const storage = `${project.url}/storage/v1`;
  const ask = async (path: string, type: string, body: Uint8Array<ArrayBuffer> | string): Promise<Response> => {
    try {
      return await fetch(storage + path, {
        method: "POST",
        headers: {
          apikey: project.serviceRoleKey,
          Authorization: `Bearer ${project.serviceRoleKey}`,
          "Content-Type": type,
          "Cache-Control": "max-age=31536000",
          "x-upsert": "true",
        },
        body,
        signal: AbortSignal.timeout(10_000),
      });
    } catch {
      throw new AppError("INTERNAL_ERROR", "Supabase Storage does not answer. Please try again.");
    }
  };
  return {
    async save({ name, type, bytes }) {
      const upload = () => ask(`/object/${BUCKET}/${name}`, type, bytes);
      let response = await upload();
      if (!response.ok) {
        // Of two nodes that find it missing one makes it, and both upload.
        await ask("/bucket", "application/json", JSON.stringify({ id: BUCKET, name: BUCKET, public: true }));
        response = await upload();
      }
      if (!response.ok) {
        throw new AppError(
          "INTERNAL_ERROR",
          `Supabase Storage did not keep the picture (status ${response.status}). Its log says more.`,
        );
      }
      return `${storage}/object/public/${BUCKET}/${name}`;
    },
    read: async () => null,
  };
}
