import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PICTURE_NAME, type PictureStore } from "./pictures.ts";

/** Under `DATA_DIR/pictures`; served at `/pictures/NAME`. `publicUrl` is asked each time: tests learn their port late. */
export function createDiskPictures(dataDir: string, publicUrl: () => string): PictureStore {
  const folder = join(dataDir, "pictures");
  return {
    async save({ name, bytes }) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Whole or not at all, whoever reads meanwhile.
      const draft = join(folder, `.${randomUUID()}`);
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, join(folder, name));
      return `${publicUrl()}/pictures/${name}`;
    },
    async read(name) {
      if (!PICTURE_NAME.test(name)) return null;
      return readFile(join(folder, name)).then(
        (bytes) => new Uint8Array(bytes),
        () => null,
      );
    },
  };
}
