/** Nest 11 by the types of Nest 12: what the tests use is the same in both. */
declare module 'nest11/common' {
  export * from '@nestjs/common';
}
declare module 'nest11/version' {
  export const version: string;
}
declare module 'nest11/*' {}
