/** What every command comes to: whose state it changed and the version that shows it. */
export interface Acknowledgement {
  /** the user's id */
  readonly id: string;
  /** users.version after the command; after a delete, one above the last */
  readonly version: number;
  readonly deleted: boolean;
  /** the new address, by the command that adds one */
  readonly addressId?: string;
  /** what the erasure is noted under, by the command that makes one */
  readonly erasureId?: string;
}
