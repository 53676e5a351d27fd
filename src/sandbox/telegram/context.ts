import type { Payload } from "./payload.ts";
import type { People } from "./people.ts";
import type { Profile } from "./profile.ts";
import type { UpdateQueue } from "./updates.ts";
import type { World } from "./world.ts";

/** Context of a method call. */
export interface MethodContext {
  readonly world: World;
  readonly people: People;
  readonly profile: Profile;
  readonly queue: UpdateQueue;
  /** Records something that the server accepts but a good bot does not do. */
  readonly note: (violation: string) => void;
}

/** A method of the API. Returns its result or throws an ApiError. */
export type Method = (context: MethodContext, payload: Payload) => unknown;
