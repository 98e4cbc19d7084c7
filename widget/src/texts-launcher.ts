/** What the launcher says, before the rest is loaded. */

const plural = (count: number) => (count > 1 ? "s" : "");

const fr = {
  open: "Ouvrir la conversation",
  unread: (count: number) => `Ouvrir la conversation, ${count} message${plural(count)} non lu${plural(count)}`,
  failed: "La conversation n’a pas pu s’ouvrir\u00a0: vérifiez votre connexion, puis réessayez.",
};

const en: typeof fr = {
  open: "Open the conversation",
  unread: (count) => `Open the conversation, ${count} unread message${plural(count)}`,
  failed: "The conversation could not be opened: check your connection, then try again.",
};

/** Return the texts of a language. */
export function textsOf(lang: "fr" | "en"): typeof fr {
  return lang === "en" ? en : fr;
}
