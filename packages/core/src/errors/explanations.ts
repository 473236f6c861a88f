import type { Reason } from './failures.js';

/** What each reason means, for the people who run the server. */
const explanations: Readonly<Record<Reason, string>> = {
  'no-credentials': 'Nothing that the route accepts was sent.',
  'unsupported-scheme': 'The Authorization field names a scheme that the route does not accept.',
  'credential-in-query': 'A credential stood in the query, where it ends up in logs; send it in a header field.',
  'malformed-authorization': 'The Authorization field is not "Scheme credentials" (RFC 9110 §11.4).',
  'authority-missing': 'The request names no host.',
  'authority-conflict': 'The request names two hosts: two Host lines, or a target that contradicts Host.',
  'forwarded-conflict': 'The forwarded fields of a trusted proxy contradict each other.',
  'forwarded-malformed': 'A forwarded field of a trusted proxy cannot be read.',
  'duplicate-authorization': 'More than one credential stands in Authorization.',
  'duplicate-credentials': 'A credential of one kind was sent twice, or in two places.',
  'credential-too-large': 'The credential is longer than maxCredentialBytes.',
  'body-too-large': 'The body is longer than bodyLimitBytes.',
  'insecure-transport':
    'The request came over plain HTTP from another machine; use TLS, or name your proxy in trustProxy.',
  'key-malformed': 'The API key has another prefix, length or checksum: mistyped, or never issued.',
  'key-revoked': 'The API key was revoked.',
  'key-expired': 'The API key has expired.',
  'key-not-yet-valid': 'The API key is not valid yet.',
  'key-wrong-environment': 'The API key was made for another environment, such as test.',
  'subject-disabled': 'The credential belongs to a subject that is switched off.',
  'malformed-basic':
    'The Basic credentials are not strict base64 of "user:password" without control characters (RFC 7617 §2).',
  'invalid-utf8': 'The Basic credentials are not UTF-8, which the challenge asks for (RFC 7617 §2.1).',
  'password-too-long': 'The password is longer than 1024 bytes; it was not hashed.',
  'unknown-user': 'Nobody has this user name; a hash was computed all the same, so that its time tells nothing.',
  'wrong-password': 'The password is not that of the user.',
  'password-hash-unusable': 'The store answered a hash that is malformed or over the bounds; set this password anew.',
  'session-malformed': 'The session cookie was not sealed here, or with a secret that is no longer listed.',
  'session-expired': 'The session is past idleSeconds or absoluteSeconds.',
  'session-ended': 'The session was ended by a logout, here or at the issuer.',
  'malformed-token': 'The token is no JWT of three parts, or its header or claims are malformed.',
  'alg-not-allowed': 'The alg of the token is not among the algorithms of the scheme.',
  'alg-key-mismatch': 'The key that the kid names is not for the alg of the token.',
  'unknown-key': 'No known key fits: the kid is not in the key set, or the API key was never issued.',
  'crit-not-understood': 'The header makes an extension critical that is not supported.',
  'decryption-failed': 'The token could not be decrypted with the key that it names.',
  'not-signed': 'The token was encrypted and not signed: anybody can encrypt to a public key.',
  'bad-type': 'The token is of another kind (an ID token, a logout token, a DPoP proof), not an access token.',
  'bad-issuer': 'The iss of the token is not exactly the issuer of the scheme.',
  'bad-audience': 'The aud of the token does not name this API exactly.',
  inactive: 'The issuer says that the token is not, or no longer, active (RFC 7662 §2.2).',
  'missing-claim': 'The token lacks a claim that its profile requires (exp and sub always).',
  expired: 'The exp of the token is past, beyond the tolerance.',
  'not-yet-valid': 'The nbf or iat of the token is in the future, beyond the tolerance.',
  'lifetime-too-long': 'The token is valid for longer than maxLifetimeSeconds.',
  'too-old': 'The iat of the token is further back than maxTokenAgeSeconds.',
  revoked: 'The token was revoked: itself, its session, its subject or its client.',
  'signature-mismatch': 'The signature is not that of the known key over this token.',
  replayed: 'It was used before, and is good once.',
  'bound-token-as-bearer': 'The token is bound to a DPoP key (cnf.jkt) and came without proof.',
  'bound-token-without-certificate': 'The token is bound to a certificate (cnf x5t#S256) and came without it.',
  'confirmation-unsupported': 'The token is bound to a key in a way that is not supported.',
  'confirmation-incomplete': 'The token is bound to several keys, and not all of them were proved.',
  'token-not-bound': 'The token is bound to no key, and came as if it were, or the scheme takes bound tokens alone.',
  'dpop-key-mismatch': 'The DPoP proof is by another key than the one that the token is bound to (cnf.jkt).',
  'dpop-proof-missing': 'The token came by the scheme DPoP, without a DPoP field.',
  'dpop-proof-duplicate': 'More than one proof stands in the DPoP field.',
  'dpop-proof-malformed':
    'The DPoP proof is no JWT of three parts, or one of jti, htm, htu, iat, ath and nonce is missing or malformed.',
  'dpop-proof-type': 'The typ of the DPoP proof is not dpop+jwt.',
  'dpop-private-key': 'The jwk of the DPoP proof holds a private key, which everybody on the way has seen.',
  'dpop-key-invalid': 'The jwk of the DPoP proof is missing, malformed, too weak, or not for its alg.',
  'dpop-method-mismatch': 'The htm of the DPoP proof is not the method of the request.',
  'dpop-url-mismatch':
    'The htu of the DPoP proof is not the URL of the request; behind a proxy, trustProxy and forwardedFields say what that is.',
  'dpop-proof-stale':
    'The iat of the DPoP proof is too far from now: the clock of the client, or a proof that was kept.',
  'dpop-token-mismatch': 'The ath of the DPoP proof is not the hash of the token that came with it.',
  'dpop-nonce-missing': 'The DPoP proof has no nonce; the client is given one, and tries again.',
  'dpop-nonce-invalid':
    'The nonce of the DPoP proof is none of this server, or too old; the client is given another, and tries again.',
  'dpop-required': 'The token is bound to no DPoP key, and the scheme takes no other (dpop: "require").',
  'signature-malformed': 'The fields of the signature cannot be read, do not pair, stand twice, or say too much.',
  'signature-stale':
    'The time that was signed is missing, further back than maxAgeSeconds, or too far in the future: compare the clocks.',
  'signature-expired': 'The signature was good until a time that is past, or that was never possible.',
  'coverage-insufficient': 'The signature is good for what it covers, and covers less than required.',
  'component-missing': 'The signature covers something that the message has not.',
  'component-unsupported': 'The signature covers something that is unknown, or not possible in this message.',
  'component-ambiguous':
    'The signature covers a query parameter that stands there more than once, or in more than one reading.',
  'digest-missing': 'There is a body, and no Content-Digest (RFC 9530 §2).',
  'digest-unsupported': 'Content-Digest cannot be read, or has neither sha-256 nor sha-512.',
  'scope-mismatch': 'The credential scope of SigV4 is for another day, region or service than this scheme.',
  'digest-mismatch':
    'The body is not the one of which the digest was taken, or it is not signed (UNSIGNED-PAYLOAD, chunks of STREAMING-).',
  'nonce-missing': 'The signature has no nonce, or one over 256 bytes.',
  'tag-mismatch': 'The tag of the signature is not that of this application (RFC 9421 §7.2.7).',
  'subject-ambiguous':
    'Two good signatures are of different subjects, or a certificate has several names of the kind that subjects are told by.',
  'certificate-binding-mismatch':
    'The token is bound to another certificate than the one of this connection (RFC 8705 §3).',
  'certificate-untrusted':
    'No chain leads from the client certificate to an authority in ca, or a rule of RFC 5280 is broken in it.',
  'certificate-expired': 'The client certificate, or one that it hangs on, is past its end or before its begin.',
  'certificate-usage': 'The client certificate is an authority, or not for clients or signatures by its usages.',
  'certificate-weak': 'A certificate is signed by SHA-1 or MD5, or has a key below RSA 2048 or of an old curve.',
  'certificate-revoked': 'The client certificate, or one that it hangs on, is on the revocation list.',
  'certificate-header-malformed':
    'The field in which the trusted proxy tells the certificate cannot be read, or stands twice.',
  'certificate-header-untrusted':
    'A field for certificates came from a peer that is not in trustProxy; it was not read.',
  'subject-unknown': 'The client certificate is good, and its name is not among the subjects.',
  'sni-mismatch': 'The request is for another host than the TLS handshake named, where the certificate was shown.',
  'crl-unavailable': 'No revocation list that is current and signed by the issuer covers the certificate.',
  'acr-insufficient': 'The person was authenticated less strongly than the route asks.',
  'authentication-too-old': 'The person authenticated longer ago than the route allows, or nobody knows when.',
  'insufficient-scope': 'The credential is good, and lacks a scope.',
  'role-missing': 'The credential is good, and brings none of the roles.',
  'permission-missing': 'The credential is good, and its roles grant too little.',
  'address-blocked': 'The address is in throttle.blockAddresses.',
  'address-not-allowed': 'The credential is good, and may not be used from this address.',
  'cross-origin-request': 'A page of another origin, or no browser, sent a session cookie with an unsafe method.',
  'no-requirement': 'No guard stands before this route, and routes are denied by default.',
  'scope-escalation': 'The key would have a scope or a role that whoever makes or rotates it lacks.',
  'not-owner': 'The credential belongs to another subject, or there is none of this id.',
  'malformed-request': 'The body, its content type or a parameter is not what the endpoint takes.',
  'subject-mismatch': 'The credentials are good, and belong to different subjects.',
  'address-limit':
    'Too many requests came from this address or its network (throttle.perAddress), or too many wrong ones from its /48.',
  'failures-limit':
    'Too many wrong credentials came from this address (throttle.failures); it is blocked, right or wrong.',
  'subject-limit':
    'Too many requests of this subject (throttle.perSubject), or too many wrong guesses at it from everywhere; networks that it is known from still get in.',
  'credential-limit': 'Too many requests came with this credential (throttle.perCredential).',
  'key-limit': 'Too many requests came with this API key: its own limit, or throttle.perCredential.',
  'route-limit': 'Too many requests of this caller for this route (its limit).',
  'jwks-unavailable': 'The keys of the issuer could not be fetched.',
  'issuer-resolver-unavailable':
    'The function resolveIssuer threw, took longer than a second, or answered with what is no issuer.',
  'introspection-unavailable':
    'The introspection endpoint is down, slow, or answers with something else than an answer.',
  'introspection-unauthorized':
    'The introspection endpoint refuses our own credentials: see clientId and its secret or key.',
  'introspection-invalid': 'The introspection endpoint answered what RFC 7662 or RFC 9701 does not allow.',
  'issuer-metadata-mismatch': 'The metadata found for the issuer are those of another (RFC 8414 §3.3).',
  'issuer-unavailable': 'An endpoint of the issuer could not be asked, or refused this application.',
  'credential-store-unavailable': 'The store of credentials could not be asked.',
  'limiter-unavailable':
    'The rate-limit store threw, or took longer than a second, and throttle.failClosed refuses what cannot be counted.',
  'audit-unavailable': 'The audit is required, and a sink failed, or took longer than a second to take the event.',
  'session-store-unavailable': 'The store of ended sessions threw, had no room, or took longer than a second.',
  'replay-store-unavailable': 'The replay store threw, or took longer than a second.',
  'replay-store-full':
    'The replay store has no room for another use of this owner, and forgets nothing before its time.',
  'too-many-hashes': 'More passwords came than can be hashed in time: maxWaitingHashes were waiting.',
  'token-store-unavailable': 'The store of the issuer threw, or took longer than a second.',
  'signing-key-store-unavailable': 'The store of signing keys threw, or took longer than a second.',
  'revocation-store-unavailable': 'The revocation store threw, or took longer than a second.',
  'dependency-unavailable': 'Something that the guard depends on could not be asked.',
  'raw-body-unavailable':
    'A body parser before the guard kept no bytes: put the guard first, or give the parser { verify: keepRawBody }.',
  unexpected: 'An error was thrown; onError was told.',
};

/** A sentence for the operator; empty for the reasons of a scheme that is not of core. */
export function explanationOf(reason: string): string {
  return Object.hasOwn(explanations, reason) ? explanations[reason as Reason] : '';
}
