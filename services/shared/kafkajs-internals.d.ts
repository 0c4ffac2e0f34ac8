/** What quiet-kafkajs.ts needs of kafkajs' inside, for which it has no types. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    scheduleCheckPendingRequests(): void;
  }
}
