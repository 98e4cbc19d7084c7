/** What the browser keeps: the session's token, the last line seen, messages that are not acknowledged. Only with consent where it is asked for. */

export interface Pending {
  id: string;
  at: string;
  text?: string;
  payload?: string;
  title?: string;
}

type Name = "token" | "pending" | "consent" | "seen";

export interface Keeping {
  read(name: Name): string | null;
  write(name: Name, value: string | null): void;
}

/** Keep in localStorage where it works and may be used, else in memory. */
export function keepingFor(place: string, allowed: () => boolean, storage: () => Storage): Keeping {
  const memory = new Map<string, string>();
  const key = (name: string) => `reso:${place}:${name}`;
  return {
    read(name) {
      try {
        return storage().getItem(key(name)) ?? memory.get(name) ?? null;
      } catch {
        return memory.get(name) ?? null;
      }
    },
    write(name, value) {
      if (value === null) memory.delete(name);
      else memory.set(name, value);
      try {
        if (value === null) storage().removeItem(key(name));
        else if (allowed()) storage().setItem(key(name), value);
      } catch {
        return;
      }
    },
  };
}

/** Return the messages that were kept before a reload; what cannot be read is left out. */
export function readPending(kept: string | null): Pending[] {
  try {
    const read: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(read) ? read.filter((p): p is Pending => typeof p?.id === "string" && typeof p?.at === "string").slice(0, 50) : [];
  } catch {
    return [];
  }
}
