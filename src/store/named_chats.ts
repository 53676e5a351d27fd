import type { Admitted } from "../domain/admission.ts";
import type { AnnouncementPolicy } from "../domain/audience.ts";

/** The chats that the settings name; `groups` hear of changes without a subscription. */
export interface ConfiguredChats {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
  /** Chats and people that alone may use the bot, besides the named ones; empty for everyone. */
  readonly allowed?: readonly number[];
  /** Which changes of incidents are announced by the settings; all if missing. */
  readonly policy?: AnnouncementPolicy;
}

/** The chats and people that the settings name, by the ids that they have now. */
export class NamedChats {
  protected readonly configured: ConfiguredChats;
  /** Present ids of groups that became supergroups, by the ids before. */
  protected readonly movedTo = new Map<number, number>();

  constructor(configured: ConfiguredChats) {
    this.configured = configured;
  }

  /** The groups of the settings, by their present ids. */
  get groups(): number[] {
    return [...new Set(this.configured.groups.map((id) => this.movedTo.get(id) ?? id))];
  }

  get administrators(): readonly number[] {
    return this.configured.administrators;
  }

  /** Past and present ids of the chats and people that may use the bot; null for everyone. */
  get admitted(): Admitted {
    const { allowed } = this;
    const { groups, administrators } = this.configured;
    if (allowed.length === 0) return null;
    const named = [...allowed, ...groups, ...administrators];
    const moved = named.map((id) => this.movedTo.get(id)).filter((it) => it !== undefined);
    return new Set([...named, ...moved]);
  }

  /** A query for the subscribers that are told of changes: the admitted ones. */
  get toldSubscribers(): string {
    const { admitted } = this;
    const where = admitted === null ? "" : ` WHERE chat_id IN (${[...admitted].join(", ")})`;
    return `SELECT chat_id FROM subscribers${where}`;
  }

  /** Which changes are announced by the settings; rules of chats can only narrow that. */
  get policy(): AnnouncementPolicy {
    return this.configured.policy ?? { issues: true, degraded: true, recovery: true };
  }

  /** Past and present ids of the groups and administrators that the settings name. */
  get named(): number[] {
    const { groups, administrators } = this.configured;
    return [...groups, ...administrators, ...this.groups];
  }

  /** Chats and people that ALLOWED_CHATS admits. */
  get allowed(): readonly number[] {
    return this.configured.allowed ?? [];
  }

  /** Groups of the settings that got another id: `from` stands in the settings, `to` should. */
  get outdated(): { from: number; to: number }[] {
    return this.configured.groups.flatMap((from) => {
      const to = this.movedTo.get(from);
      return to === undefined ? [] : [{ from, to }];
    });
  }

  /** Whether the settings name this chat as one that gets the alerts. */
  isConfigured(chatId: number): boolean {
    return this.groups.includes(chatId);
  }

  /** Whether the settings name this chat, as one that gets the alerts or as an administrator's. */
  isNamed(chatId: number): boolean {
    return this.isConfigured(chatId) || this.administrators.includes(chatId);
  }

  /** Whether a group became this supergroup. */
  hasMovedHere(chatId: number): boolean {
    return [...this.movedTo.values()].includes(chatId);
  }

  /** Whether `to` is known to have become `from`, so that a move between them goes in a circle. */
  leadsBack(from: number, to: number): boolean {
    return from === to || this.movedTo.get(to) === from;
  }
}
