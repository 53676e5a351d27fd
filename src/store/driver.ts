// libSQL, loaded once. The compiled program unpacks the native part into a private folder first.
import { withPrivateTemp } from "../deps/private_folder.ts";

export type { Client, InArgs, Row, Transaction } from "@libsql/client";

const load = async () => ({
  client: await import("@libsql/client"),
  driver: (await import("libsql")).default,
});
const loaded = Deno.build.standalone ? await withPrivateTemp(load) : await load();

export const { createClient, LibsqlError } = loaded.client;
/** The driver below the client. */
export const driver = loaded.driver;
