import { createRequire } from "node:module";

/** The font files by role; apart from what opens them, so that a start can look for them without reading them. */
export const FILES = {
  mincho: "@expo-google-fonts/biz-udmincho/400Regular/BIZUDMincho_400Regular.ttf",
  minchoBold: "@expo-google-fonts/biz-udmincho/700Bold/BIZUDMincho_700Bold.ttf",
  gothic: "@expo-google-fonts/biz-udgothic/400Regular/BIZUDGothic_400Regular.ttf",
  gothicBold: "@expo-google-fonts/biz-udgothic/700Bold/BIZUDGothic_700Bold.ttf",
  /** Has 𠮷 and the other kanji of people and places that BIZ UD lacks. */
  fallback: "@expo-google-fonts/noto-serif-jp/400Regular/NotoSerifJP_400Regular.ttf",
} as const;

export type Typeface = keyof typeof FILES;
export const TYPEFACES = Object.keys(FILES) as Typeface[];

/** @throws when one of the files is missing. */
export function checkTypefaceFiles(): void {
  const { resolve } = createRequire(import.meta.url);
  for (const typeface of TYPEFACES) resolve(FILES[typeface]);
}
