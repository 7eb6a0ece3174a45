namespace System.Runtime;

/// <summary>Gives a method a name for the linker, and, unlike UnmanagedCallersOnly, leaves out the entry into the runtime, which is not
/// there yet. The compiler knows the attribute by its name alone; the one in the core library is not public.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeExportAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
