/* job/conf/conf.c: small checks on texts; all in plain ASCII, without a locale. */
#include "job/conf/conf.h"

#include <string.h>

#define LETTERS  "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"
#define TCP      "tcp://"

const char *sc_conf_quote(char out[static SC_CONF_QUOTE_LEN], const char *text)
{
    size_t n = 0;

    for (; n + 4 < SC_CONF_QUOTE_LEN && text[n] != '\0'; n++) {
        out[n] = (char)(text[n] >= 0x20 && text[n] <= 0x7E ? text[n] : '?');
    }
    memcpy(out + n, text[n] != '\0' ? "..." : "", text[n] != '\0' ? 4 : 1);
    return out;
}

static int has_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char b = (unsigned char)*c, after = (unsigned char)c[1];

        if (b < 0x20 || b == 0x7F || (b == 0xC2 && after < 0xA0)) {
            return 1;
        }
    }
    return 0;
}

const char *sc_conf_text(const sc_conf *c, const sc_yaml_node *node,
                         const char *what)
{
    if (node->kind != SC_YAML_SCALAR || node->text_len == 0) {
        sc_yaml_fault(c->faults, c->file, node, "", "'%s' must be a text",
                      what);
        return NULL;
    }
    if (strlen(node->text) != node->text_len || has_control(node->text)) {
        sc_yaml_fault(c->faults, c->file, node, "",
                      "'%s' holds a control character", what);
        return NULL;
    }
    return node->text;
}

int sc_conf_is_name(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= SC_NAME_MAX &&
           strspn(text, LETTERS DIGITS "_-") == len;
}

int sc_conf_is_identifier(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= SC_NAME_MAX && strchr(DIGITS, text[0]) == NULL &&
           strspn(text, LETTERS DIGITS "_") == len;
}

int sc_conf_is_origin(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= SC_CONF_ORIGIN_MAX &&
           strspn(text, LETTERS CAPITALS DIGITS "-._~:/") == len;
}

/* Length of the host part at the start of text; 0 if there is none. */
static size_t host_len(const char *text, int is_listen)
{
    size_t len;

    if (is_listen && text[0] == '*') {
        return 1;
    }
    if (text[0] == '[') {
        len = 1 + strspn(text + 1, DIGITS "abcdefABCDEF:.");
        return len > 1 && text[len] == ']' ? len + 1 : 0;
    }
    len = strspn(text, LETTERS CAPITALS DIGITS ".-");
    return len > 0 && text[0] != '-' && text[0] != '.' ? len : 0;
}

static int is_port(const char *text)
{
    size_t len = strlen(text);
    unsigned port = 0;

    if (len == 0 || len > 5 || text[0] == '0' || strspn(text, DIGITS) != len) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        port = 10 * port + (unsigned)(text[i] - '0');
    }
    return port <= 65535;
}

int sc_conf_is_address(const char *text, int is_listen)
{
    size_t len;

    if (strlen(text) > SC_CONF_ADDRESS_MAX ||
        strncmp(text, TCP, sizeof TCP - 1) != 0) {
        return 0;
    }
    text += sizeof TCP - 1;
    len = host_len(text, is_listen);
    return len > 0 && text[len] == ':' && is_port(text + len + 1);
}

const char *sc_conf_name(char out[static SC_NAME_MAX + 1], const sc_conf *c,
                         const sc_yaml_node *node, const char *what)
{
    const char *text = node == NULL ? NULL : sc_conf_text(c, node, what);
    char quoted[SC_CONF_QUOTE_LEN];

    if (text == NULL) {
        return NULL;
    }
    if (!sc_conf_is_name(text)) {
        sc_yaml_fault(c->faults, c->file, node,
                      "use a-z, 0-9, _ and -, at most 63 characters",
                      "'%s' is not a name", sc_conf_quote(quoted, text));
        return NULL;
    }
    memcpy(out, text, strlen(text) + 1);
    return out;
}
