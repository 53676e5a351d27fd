// libSQL, loaded once: the compiled program unpacks its native part first, which nobody may exchange.
import { withPrivateTemp } from "../deps/private_folder.ts";

export type { Client, InArgs, Row, Transaction } from "@libsql/client";

const load = async () => ({
  client: await import("@libsql/client"),
  driver: (await import("libsql")).default,
});
const loaded = Deno.build.standalone ? await withPrivateTemp(load) : await load();

export const { createClient, LibsqlError } = loaded.client;
/** The driver itself, below the client. */
export const driver = loaded.driver;
