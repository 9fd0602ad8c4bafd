/**
 * Loaded before a program (`--import`): puts constants of its compiled modules otherwise while they are loaded, so
 * that a test can run the real program with a shorter time-out, or without one of its checks. What ships has no
 * switch for either.
 */
import { register } from 'node:module'

register('./alter-hooks.js', import.meta.url, { data: process.env.HOLDPOINT_TEST_ALTERATIONS ?? '[]' })
