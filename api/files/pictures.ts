/** Where uploaded pictures of agents are kept. The name is made of the content, so what is kept under it never changes. */
export interface PictureStore {
  /** Returns the address from which browsers load it. Throws AppError with words when it cannot be kept. */
  save(picture: Picture): Promise<string>;
  /** null: no such picture, or browsers load it from elsewhere. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

export interface Picture {
  /** As PICTURE_NAME has it. */
  name: string;
  /** Media type. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export const PICTURE_NAME = /^[0-9a-f]{32}\.(?:png|jpg|webp)$/;
export const PICTURE_TYPES: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" };
