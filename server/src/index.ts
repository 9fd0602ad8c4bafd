export { type Cancel, type Clock, systemClock } from './clock.ts'
export { type EmbeddedOptions, type EmbeddedStore, openEmbeddedStore } from './store/embedded/open-store.ts'
export * from './store/store.ts'
