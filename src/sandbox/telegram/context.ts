import type { Payload } from "./payload.ts";
import type { People } from "./people.ts";
import type { Profile } from "./profile.ts";
import type { UpdateQueue } from "./updates.ts";
import type { World } from "./world.ts";

/** What methods work on. */
export interface MethodContext {
  readonly world: World;
  readonly people: People;
  readonly profile: Profile;
  readonly queue: UpdateQueue;
  /** Records what the server lets pass, but no good bot should do. */
  readonly note: (violation: string) => void;
}

/** One method of the API: its result, or an ApiError thrown. */
export type Method = (context: MethodContext, payload: Payload) => unknown;
