/* A host without Rust: the token that is registered, another one, and half a CONNECT. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

uint8_t reason_for(const uint8_t *bytes, size_t bytes_len, const uint8_t *token, size_t token_len);

/* Version 4, flag WEB, device id "d", uid "u", token "s3cret", no timestamp, a public key. */
static const char CONNECT[] =
    "\x10\x46\x04\x01\x00\x01" "d\x00\x01u\x00\x06s3cret\0\0\0\0\0\0\0\0"
    "\x00\x2clDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";

static int expect(const char *what, size_t len, const char *token, uint8_t expected) {
    uint8_t reason = reason_for((const uint8_t *)CONNECT, len, (const uint8_t *)token, strlen(token));
    printf("%s: reason %d\n", what, reason);
    return reason != expected;
}

int main(void) {
    size_t len = sizeof CONNECT - 1;
    return expect("the right token", len, "s3cret", 1) | expect("another token", len, "s3cres", 2) |
           expect("half a CONNECT", len / 2, "s3cret", 0);
}
