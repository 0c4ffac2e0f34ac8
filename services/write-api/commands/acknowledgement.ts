/** What every command comes to: whose state it changed and the version that shows it. */
export interface Acknowledged {
  /** of what the read side has a document of */
  readonly id: string;
  /** after the command; after a delete, one above the last */
  readonly version: number;
  readonly deleted: boolean;
}

/** Of a command on a user: the user's id and users.version. */
export interface Acknowledgement extends Acknowledged {
  /** the new address, by the command that adds one */
  readonly addressId?: string;
  /** what the erasure is noted under, by the command that makes one */
  readonly erasureId?: string;
}
